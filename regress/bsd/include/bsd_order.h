/* byteorder(3), for the headers that give it; not a header of any system. */
#ifndef BSD_ORDER_H
#define BSD_ORDER_H

__UINT32_TYPE__	 htonl(__UINT32_TYPE__);
__UINT16_TYPE__	 htons(__UINT16_TYPE__);
__UINT32_TYPE__	 ntohl(__UINT32_TYPE__);
__UINT16_TYPE__	 ntohs(__UINT16_TYPE__);

#endif
